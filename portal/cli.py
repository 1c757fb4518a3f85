"""The ``cspon`` command. A command's module is imported when it is run, so that ``cspon --help`` is quick."""

import importlib
from dataclasses import dataclass

import click


@dataclass(frozen=True, slots=True)
class Entry:
    """Where a command is, and its one line in the list of commands (a test compares the two)."""

    module: str
    help: str


def _operator(name: str, text: str) -> Entry:
    return Entry(f"portal.commands.{name}", text)


def _client(text: str) -> Entry:
    return Entry("portal.client.commands", text)


COMMANDS: dict[str, Entry] = {
    "up": _operator("up", "Start everything: database, web, worker. Ctrl-C stops it."),
    "web": _operator("web", "Run the web process alone."),
    "worker": _operator("worker", "Run one worker alone."),
    "worker-role": _operator("worker_role", "Make or remove a database role for workers on other hosts."),
    "migrate": _operator("migrate", "Bring the database to the present schema."),
    "demo": _operator("demo", "Put in the demo content; a second run changes nothing."),
    "doctor": _operator("doctor", "Check this installation and say what to do."),
    "runtime": _operator("runtime", "Build and list the runtimes submissions run in."),
    "store": _operator("store", "Sweep and verify the file store."),
    "vulnerabilities": _operator(
        "vulnerabilities", "Import the offline database of known vulnerabilities, and show how old it is."
    ),
    "keys": _operator("keys", "Make, use and change the keys that rollout bundles stand on."),
    "rollout": _operator("rollout", "Look after the repository of rollout bundles."),
    "log": _operator("log", "Sign, export and look after the audit log."),
    "verify": _operator("verify", "Verify the audit log, or a signed statement, offline."),
    "draw": _operator("draw", "Verify a published draw of experts, offline."),
    "role": _operator("role", "Grant or take away a platform role."),
    "totp": _operator("totp", "Show a demo account's code, or take somebody's lost factors away."),
    "psql": _operator("psql", "Open a database prompt."),
    "login": _client("Keep a portal's address and your token."),
    "logout": _client("Throw the kept token of a portal away."),
    "whoami": _client("Show whom the portal takes you for."),
    "push": _client("Upload a folder as a new version."),
    "evaluate": _client("Run a version on a benchmark."),
    "status": _client("Show an evaluation, or follow it to its end."),
    "pull": _client("Download the files of a version."),
    "try": _client("Try a version on a small input of yours."),
    "reproduce": _client("Run a recorded result again and compare."),
    "benchmark": _client("Close a version of a benchmark, or publish its labels."),
    "promotion": _client("List promotions and pilots, and report from a pilot."),
    "list": _client("List assets of a portal."),
}


class LazyGroup(click.Group):
    """A group that knows its commands by name and imports one only when it is asked for."""

    def list_commands(self, _ctx: click.Context) -> list[str]:
        """The names, in the order a newcomer needs them."""
        return list(COMMANDS)

    def get_command(self, _ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import one command; None for an unknown name."""
        entry = COMMANDS.get(cmd_name)
        if entry is None:
            return None
        found: dict[str, click.Command] = importlib.import_module(entry.module).COMMANDS
        return found[cmd_name]

    def format_commands(self, _ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the list of commands without importing any."""
        sections = {"Run a portal": "portal.commands.", "Use a portal": "portal.client."}
        for title, prefix in sections.items():
            rows = [(name, entry.help) for name, entry in COMMANDS.items() if entry.module.startswith(prefix)]
            with formatter.section(title):
                formatter.write_dl(rows)


@click.group(cls=LazyGroup, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="cspon-commons", prog_name="cspon")
def main() -> None:
    """CSPON Commons 国土空间治理开源社区: run a portal, or use one.

    Every setting is an environment variable CSPON_...; see docs/operator.md.
    """


if __name__ == "__main__":
    main(prog_name="cspon")
