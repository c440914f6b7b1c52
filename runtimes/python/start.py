"""Entry point of the image. A script rather than `python -m`: runpy costs about 2 ms of every cold start."""

import time

begun = time.perf_counter()

from knflow_runtime.main import main  # noqa: E402

main(begun)
