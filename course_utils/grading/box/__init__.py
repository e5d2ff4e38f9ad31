"""Processes that are ready before they are needed: a fork server, the box around it, and the way Jupyter reaches its
kernels."""
