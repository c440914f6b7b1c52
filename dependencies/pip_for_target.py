"""Runs pip with the marker environment of the machine that packages are for.

pip's --python-version and --platform choose wheels; markers (`; python_version < "3.12"`) it compares with the
interpreter that it runs in: https://github.com/pypa/pip/issues/11664
"""

import json
import os
import sys

from pip._internal.cli.main import main
from pip._vendor.packaging import markers

own_environment = markers.default_environment
target = json.loads(os.environ["KNFLOW_MARKERS"])
markers.default_environment = lambda: {**own_environment(), **target}

sys.exit(main())
