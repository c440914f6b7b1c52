"""uvicorn at its fastest: uvloop, httptools, no access log, no lifespan."""

import os

import uvicorn
from asgi import app

if __name__ == "__main__":
    port = int(os.environ["PORT"])
    uvicorn.run(
        app,
        host="127.0.0.1",
        port=port,
        loop="uvloop",
        http="httptools",
        ws="none",
        lifespan="off",
        access_log=False,
        log_level="warning",
    )
