"""Drawn conversations with tools, in the three formats that messages come in."""

import json
from random import Random

TOOLS = ("read_file", "search_docs", "run_tests", "query_orders")
SUBJECTS = ("mill", "harbour", "invoice", "login", "turbine", "library", "bridge", "refund")
PLACES = ("Leeds", "Turin", "Bergen", "Porto", "Graz", "Łódź")


def question(random):
    return f"What do we know about the {random.choice(SUBJECTS)} in {random.choice(PLACES)}?"


def result_text(random):
    """A tool result: prose, a log, a table or JSON, with something about many subjects."""
    rows = range(random.randint(3, 40))
    kind = random.randrange(5)
    if kind == 0:
        return " ".join(
            f"The {random.choice(SUBJECTS)} in {random.choice(PLACES)} was opened in {1900 + number}."
            for number in rows
        )
    if kind == 1:
        return "\n".join(
            f"2026-11-0{number % 9 + 1} 10:00:0{number % 10} INFO {random.choice(SUBJECTS)} step {number} took "
            f"{random.randrange(999)} ms"
            for number in rows
        )
    if kind == 2:
        return "place,subject,year\n" + "\n".join(
            f"{random.choice(PLACES)},{random.choice(SUBJECTS)},{1900 + number}" for number in rows
        )
    if kind == 3:
        return json.dumps([{"place": random.choice(PLACES), "subject": random.choice(SUBJECTS)} for _ in rows])
    return random.choice(["", "ok", "No results.", "Nothing was found that could help with this. " * 30])


def steps(random, length):
    """(kind, value) in turn: what a user says, what a model says or calls, what a tool answers."""
    yield "user", question(random)
    for number in range(length):
        draw = random.random()
        if draw < 0.6:
            calls = [(f"call_{number}_{part}", random.choice(TOOLS), {"subject": random.choice(SUBJECTS)})
                     for part in range(random.choice((1, 1, 1, 2, 3)))]  # fmt: skip
            yield "calls", calls
            yield "results", [(identifier, result_text(random), random.random() < 0.1) for identifier, _, _ in calls]
        elif draw < 0.8:
            yield "assistant", f"So far: {question(random)}"
        else:
            yield "user", question(random)


def openai_chat(conversation):
    rows = [{"role": "system", "content": "You are helpful."}]
    for kind, value in conversation:
        if kind in ("user", "assistant"):
            rows.append({"role": kind, "content": value})
        elif kind == "calls":
            functions = [{"name": name, "arguments": json.dumps(arguments)} for _, name, arguments in value]
            calls = [{"id": identifier, "type": "function", "function": function}
                     for (identifier, *_), function in zip(value, functions, strict=True)]  # fmt: skip
            rows.append({"role": "assistant", "content": None, "tool_calls": calls})
        else:
            for place, (identifier, text, _) in enumerate(value):
                in_parts = [{"type": "text", "text": part} for part in halves(text)]
                rows.append({"role": "tool", "tool_call_id": identifier, "content": in_parts if place else text})
    return rows


def openai_responses(conversation):
    rows = []
    for number, (kind, value) in enumerate(conversation):
        if kind == "user":
            rows.append({"role": "user", "content": [{"type": "input_text", "text": value}]})
        elif kind == "assistant":
            content = [{"type": "output_text", "text": value, "annotations": []}]
            rows.append({"type": "message", "id": f"msg_{number}", "role": "assistant", "status": "completed",
                         "content": content})  # fmt: skip
        elif kind == "calls":
            rows.append({"type": "reasoning", "id": f"rs_{number}", "summary": [], "encrypted_content": "gAAA=="})
            rows += [{"type": "function_call", "call_id": identifier, "name": name, "arguments": json.dumps(arguments)}
                     for identifier, name, arguments in value]  # fmt: skip
        else:
            for place, (identifier, text, _) in enumerate(value):
                output = [{"type": "input_text", "text": part} for part in halves(text)] if place else text
                rows.append({"type": "function_call_output", "call_id": identifier, "output": output})
    return rows


def anthropic(conversation):
    rows = []
    for number, (kind, value) in enumerate(conversation):
        if kind in ("user", "assistant"):
            rows.append({"role": kind, "content": value})
        elif kind == "calls":
            thinking = {"type": "thinking", "thinking": "A tool may know.", "signature": f"sig{number}"}
            calls = [{"type": "tool_use", "id": identifier, "name": name, "input": arguments}
                     for identifier, name, arguments in value]  # fmt: skip
            rows.append({"role": "assistant", "content": [thinking, *calls]})
        else:
            blocks = []
            for place, (identifier, text, failed) in enumerate(value):
                block = {"type": "tool_result", "tool_use_id": identifier, "content": anthropic_content(text, place)}
                blocks.append(block | ({"is_error": True} if failed else {}))
            rows.append({"role": "user", "content": blocks})
    return rows


def anthropic_content(text, place):
    if not text or not place:
        return text
    if place == 1:
        return [{"type": "text", "text": part} for part in halves(text)]
    search_result = {"type": "search_result", "source": "https://example.org", "title": "Found",
             "content": [{"type": "text", "text": text}]}  # fmt: skip
    document = {"type": "document", "title": "Notes",
                "source": {"type": "text", "media_type": "text/plain", "data": text}}  # fmt: skip
    return [search_result, document]


def halves(text):
    """``text`` in two parts, cut at a line or a sentence."""
    middle = max(text.find("\n", len(text) // 2), text.find(". ", len(text) // 2)) + 1
    return [part for part in (text[:middle], text[middle:]) if part] or ["empty"]


WRITERS = {"openai": openai_chat, "openai-responses": openai_responses, "anthropic": anthropic}


def conversation(format, seed, length=8):
    return WRITERS[format](list(steps(Random(seed), length)))
