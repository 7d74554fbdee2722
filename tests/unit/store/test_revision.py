"""The revisions read from the files' names are Alembic's own."""

from alembic.config import Config
from alembic.script import ScriptDirectory

from arena.store import revision


def test_the_file_names_say_what_alembic_says() -> None:
    config = Config()
    config.set_main_option("script_location", str(revision.folder()))
    scripts = ScriptDirectory.from_config(config)
    assert list(revision.known()) == [script.revision for script in scripts.walk_revisions()][::-1]
    assert revision.known()[-1] == scripts.get_current_head()
