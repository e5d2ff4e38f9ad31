"""How the tests are shared out between two workers (`-n 2`)."""

from xdist.scheduler import LoadScopeScheduling

# What takes long begins before the rest, and leaves the rest of its file to the other worker.
LONG = {
    "tests/course/test_notebooks.py::test_outputs_are_the_stored_ones",
    "tests/graders/test_command.py::test_cluster_with_a_worker_killed",
    "tests/graders/test_command.py::test_interrupted_and_resumed_with_a_server_killed",
    "tests/graders/test_command.py::test_three_wrong_and_one_right",
    "tests/graders/test_nbgrader.py::test_solution_full_marks_and_wrong_answers_none",
}


class ByFile(LoadScopeScheduling):
    """The tests of a file stay together and share what it starts, in the order of collection.

    (xdist's own `loadgroup` would be told by marks; with pytest 9.2 it takes no notice of them:
    pytest-dev/pytest-xdist#1386.)"""

    def __init__(self, config, log):
        config.option.loadscopereorder = False
        super().__init__(config, log)

    def _split_scope(self, nodeid):
        test, file = nodeid.split("[")[0], nodeid.split("::")[0]
        if test not in LONG:
            return file
        return nodeid if "test_notebooks" in file else test  # notebooks one by one
