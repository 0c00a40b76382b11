"""Running a model: ONNX Runtime, torch, a server."""
