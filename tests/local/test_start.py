"""Starting, stopping and resetting the demo on one's own machine: what it says, and what it leaves alone."""

import json
import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from local import environment, places, ports, servers
from local.children import Children, end_leftovers
from local.places import Place
from local.reset import reset
from local.start import ACCOUNTS, alone, welcome

SLEEP = [sys.executable, "-c", "import time; time.sleep(60)"]


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Place]:
    """A clone's folders of its own; root's part below /var/lib/daylily is removed afterwards."""
    yield from _place(tmp_path / "var")


@pytest.fixture
def neighbour(tmp_path: Path) -> Iterator[Place]:
    """A second clone's folders."""
    yield from _place(tmp_path / "second" / "var")


def _place(var: Path) -> Iterator[Place]:
    made = places.demo(places.made(var))
    yield made
    servers.stop(made)
    link = var / "postgres"
    if link.is_symlink():
        shutil.rmtree(link.resolve())


def test_a_taken_port_is_named_with_what_to_do(capsys: pytest.CaptureFixture[str]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        with pytest.raises(SystemExit) as refusal:
            ports.check(str(port))
    assert f"Port {port} is taken" in str(refusal.value)
    assert "make start PORT=" in str(refusal.value)


@pytest.mark.parametrize("wrong", ["eighty", "0", "70000", "-1"])
def test_a_port_that_is_none_is_refused(wrong: str) -> None:
    with pytest.raises(SystemExit, match="must be a number"):
        ports.check(wrong)


def test_a_port_is_free_again_once_its_server_stopped() -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
    assert ports.check(str(port)) == port


def test_two_clones_keep_their_data_apart(place: Place, neighbour: Place) -> None:
    with servers.using(place) as first, servers.using(neighbour) as second:
        first.ensure_database("daylily")
        with second.connect() as connection:
            names = {name for (name,) in connection.execute("SELECT datname FROM pg_database").fetchall()}
        assert "daylily" not in names
        assert first.redis_url() != second.redis_url()
    assert servers.ended(place) == "PostgreSQL", "the last to leave stops the servers"


def test_servers_go_on_for_whoever_else_uses_them(place: Place) -> None:
    with servers.using(place):
        with servers.using(place):
            pass
        assert servers.ended(place) is None


def test_data_survives_a_stop_and_a_stale_lock(place: Place) -> None:
    with servers.using(place) as running:
        running.ensure_database("daylily")
    (place.postgres / "postmaster.pid").write_text(
        f"{os.getpid()}\n{place.postgres}\n"
    )  # killed; its number is ours now
    with servers.using(place) as running, running.connect("daylily") as connection:
        assert connection.execute("SELECT current_database()").fetchone() == ("daylily",)


def test_a_long_path_still_gets_a_short_socket(tmp_path: Path) -> None:
    deep = Place("demo", tmp_path / ("deep" * 30) / "var")
    try:
        assert len(os.fsencode(deep.sockets / places.SOCKET_NAME)) <= places.LONGEST_SOCKET
    finally:
        shutil.rmtree((deep.var / "postgres").resolve() if (deep.var / "postgres").is_symlink() else deep.sockets)


def test_a_copied_clone_takes_a_folder_of_its_own(place: Place, tmp_path: Path) -> None:
    if os.geteuid() != 0:
        pytest.skip("only root's data lies outside of the clone")
    first = place.postgres
    shutil.copytree(place.var, tmp_path / "copy" / "var", symlinks=True)
    copy = places.demo(tmp_path / "copy" / "var")
    assert copy.postgres != first
    shutil.rmtree((copy.var / "postgres").resolve())


def test_reset_throws_the_data_away(place: Place) -> None:
    with servers.using(place):
        (place.folder / "media").mkdir()
    assert "gone" in reset(place)
    assert not place.postgres.exists()
    assert not (place.folder / "media").exists()


def test_reset_refuses_while_the_demo_runs(place: Place) -> None:
    (place.folder / "media").mkdir()
    with alone(place), pytest.raises(SystemExit, match="nothing was deleted"):
        reset(place)
    assert (place.folder / "media").exists()


def test_reset_refuses_while_another_program_uses_the_servers(place: Place) -> None:
    with servers.using(place), pytest.raises(SystemExit, match="nothing was deleted"):
        reset(place)
    assert place.postgres.exists()


def test_a_second_start_in_the_same_clone_is_refused(place: Place) -> None:
    with alone(place), pytest.raises(SystemExit, match=f"process {os.getpid()}"), alone(place):
        pytest.fail("two starts in one clone")


def test_the_process_that_ended_is_named(tmp_path: Path) -> None:
    children = Children(tmp_path, tmp_path / "children.json")
    children.start("web", SLEEP, cwd=tmp_path, env={})
    children.start(
        "worker", [sys.executable, "-c", "print('no such queue'); raise SystemExit(3)"], cwd=tmp_path, env={}
    )
    web = children.running["web"].pid
    try:
        children.running["worker"].wait(20)
        assert children.ended() == "worker"
        assert "no such queue" in children.tail("worker")
    finally:
        children.stop()
    assert not psutil.pid_exists(web)


def test_leftovers_of_a_killed_run_end_and_strangers_stay(tmp_path: Path) -> None:
    record = tmp_path / "children.json"
    children = Children(tmp_path, record)
    children.start("web", SLEEP, cwd=tmp_path, env={})
    stranger = subprocess.Popen(SLEEP)
    noted = json.loads(record.read_text())
    noted["worker"] = [stranger.pid, time.time() - 3600]  # the number of a dead worker went to another program
    record.write_text(json.dumps(noted))
    try:
        assert end_leftovers(record) == ["web"]
        assert not psutil.pid_exists(children.running["web"].pid)
        assert stranger.poll() is None
    finally:
        stranger.kill()
        stranger.wait()


def test_the_welcome_names_the_address_and_every_account() -> None:
    text = welcome(8010, {"STRIPE_API_BASE": "http://localhost:8011"})
    assert "http://localhost:8010/" in text
    assert all(f"{name}@daylily.example" in text for name in ACCOUNTS)


def test_commands_of_a_plain_shell_talk_to_the_running_demo(tmp_path: Path) -> None:
    clone = tmp_path / "clone"
    (clone / "var").mkdir(parents=True)
    shutil.copy(places.CLONE / "manage.py", clone)
    (clone / "told.py").write_text("import os\nprint(os.environ.get('DAYLILY_ENV'))\nraise SystemExit\n")
    (clone / "var" / "environment.json").write_text(
        json.dumps({"DAYLILY_ENV": "demo", "DJANGO_SETTINGS_MODULE": "told"})
    )

    def says(**variables: str) -> str:
        plain = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
        command = [sys.executable, "manage.py", "check"]
        return subprocess.run(
            command, cwd=clone, env=plain | variables, capture_output=True, text=True, check=False
        ).stdout.strip()

    assert says() == "demo"
    assert says(DAYLILY_ENV="production", DJANGO_SETTINGS_MODULE="told") == "production"
    (clone / "var" / "environment.json").unlink()
    assert says(DJANGO_SETTINGS_MODULE="told") == "None"


def test_the_environment_is_published_while_the_demo_runs(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(places, "CLONE", tmp_path)
    path = tmp_path / "var" / "environment.json"
    with environment.published({"SECRET_KEY": "x"}):
        assert json.loads(path.read_text()) == {"SECRET_KEY": "x"}
        assert path.stat().st_mode & 0o077 == 0
    assert not path.exists()
