"""What hostile input, kills and forks may cost. Modules that tests share are in ``unit``."""

import sys
from pathlib import Path

sys.path.append(str(Path(__file__).parents[1] / "unit"))
