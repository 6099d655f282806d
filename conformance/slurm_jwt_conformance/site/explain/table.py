from pathlib import Path
PLACE = Path(__file__).parent / "data" / "slurm_lines.json"
