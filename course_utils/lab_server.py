"""One address in the learner's own Jupyter: how far they are, read afresh from work/. JupyterLab runs this in its
server process (`lab.lab_arguments` names it); nothing is sent anywhere."""

from jupyter_server.base.handlers import APIHandler
from jupyter_server.utils import url_path_join
from tornado.web import authenticated

from course_utils import standing


class Progress(APIHandler):
    def initialize(self, work):
        self.work = work

    @authenticated
    def get(self):
        self.finish(standing.read(self.work))


def _load_jupyter_server_extension(app):  # the name that Jupyter looks for
    address = url_path_join(app.base_url, standing.LIVE)
    app.web_app.add_handlers(".*$", [(address, Progress, {"work": app.root_dir})])
