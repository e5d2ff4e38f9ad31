"""What pyproject.toml cannot say: the wheel carries the data files of datasets/, so that a notebook on its own finds
them anywhere (course_utils.data.sources.datasets_dir)."""

import shutil
from pathlib import Path

from setuptools import setup
from setuptools.command.build_py import build_py

DATASETS = Path(__file__).parent / "datasets"


class WithData(build_py):
    def run(self):
        super().run()
        if not self.editable_mode:  # an editable course reads the folder itself
            carried = Path(self.build_lib, "course_utils", "datasets")
            carried.mkdir(parents=True, exist_ok=True)
            for kind in ("csv", "npz", "yaml", "md"):
                for file in DATASETS.glob(f"*.{kind}"):
                    shutil.copy(file, carried)


setup(cmdclass={"build_py": WithData})
