"""The study `imagenet` of `nasbench-templates study`, under the name of this script."""

import sys

from nasbench_templates.cli import study_script

if __name__ == "__main__":
    sys.exit(study_script.script_status(__file__, "imagenet"))
