"""Where data sets are, as people say it in one list of folders."""

import dataclasses
from collections.abc import Mapping, Sequence

from nasbench_templates.support import paths
from nasbench_templates.support.errors import ConfigError


@dataclasses.dataclass(frozen=True, slots=True)
class DataFolders:
    """Where data sets are.

    Attributes:
        root: folder with a subfolder for each set, or with the files themselves.
        own: folders of single sets, by name.
    """

    root: str | None
    own: Mapping[str, str]

    @classmethod
    def parse(cls, parts: Sequence[str]) -> "DataFolders":
        """Returns the folders that `["/data", "cifar10=/jpegs"]` stands for.

        Raises:
            ConfigError: more than one folder without a name, or a name twice.
        """
        roots = [part for part in parts if "=" not in part]
        named = [part.partition("=") for part in parts if "=" in part]
        own = {name.strip(): folder.strip() for name, _, folder in named}
        if len(roots) > 1 or len(own) < len(named):
            raise ConfigError(
                "expected --data_dir as one folder and NAME=FOLDER for single sets, each once, "
                f"received {','.join(parts)}"
            )
        return cls(roots[0] if roots else None, own)

    def of(self, name: str) -> str | None:
        """Returns the folder of one set; `None` for one that needs none or is downloaded.

        Raises:
            ConfigError: the folder does not exist.
        """
        chosen = self.own.get(name, self.root)
        if chosen is None:
            return None
        path = paths.at_home(chosen)
        if name not in self.own and (path / name).is_dir():
            path = path / name
        if not path.is_dir():
            raise ConfigError(f"--data_dir, {name}: expected a folder with the set, {path} is none")
        return str(path)
