"""What the course adds to the learner's own Jupyter: an address that says how far they are, read afresh from work/,
and a line when the port is taken. JupyterLab runs this in its server process (`lab.lab_arguments` names it); nothing is
sent anywhere."""

from jupyter_server.base.handlers import APIHandler
from jupyter_server.utils import url_path_join
from tornado.web import authenticated

from course_utils import standing
from course_utils.language import say


class Progress(APIHandler):
    def initialize(self, work):
        self.work = work

    @authenticated
    def get(self):
        self.finish(standing.read(self.work))


def _moved(change):
    """JupyterLab looks for a free port by itself, and its own line about that is one of many."""
    taken, used = change.old, change.new
    if taken:  # with 0, the system was asked for any port
        print(
            say(
                f"端口 {taken} 已被占用（也许另一个 JupyterLab 还开着），改用 {used}；"
                "想自己挑：JUPYTER_PORT=9000 rnn-course lab",
                f"port {taken} is taken (is another JupyterLab still open?), using {used} instead; to choose one: "
                "JUPYTER_PORT=9000 rnn-course lab",
            ),
            flush=True,
        )


def _load_jupyter_server_extension(app):  # the name that Jupyter looks for
    address = url_path_join(app.base_url, standing.LIVE)
    app.web_app.add_handlers(".*$", [(address, Progress, {"work": app.root_dir})])
    app.observe(_moved, "port")
