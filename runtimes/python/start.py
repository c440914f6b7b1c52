"""Entry point of the image. A script rather than `python -m`: runpy costs about 2 ms of every cold start."""

from knflow_runtime.main import main

main()
