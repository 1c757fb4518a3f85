"""Slots: bounded in one process, unique among all."""

import asyncio
from pathlib import Path

from registry.sandbox.slots import BASE_UID, Slot, SlotPool


def test_slots_are_bounded_and_given_back(tmp_path: Path) -> None:
    async def scene() -> tuple[int, list[Slot]]:
        pool, busy, most, seen = SlotPool(tmp_path / "slots", 2), 0, 0, []

        async def job() -> None:
            nonlocal busy, most
            async with pool.take() as slot:
                busy += 1
                most = max(most, busy)
                seen.append(slot)
                await asyncio.sleep(0.01)
                busy -= 1

        await asyncio.gather(*(job() for _ in range(6)))
        return most, seen

    most, seen = asyncio.run(scene())
    assert most == 2
    assert {slot.number for slot in seen} == {0, 1}
    assert Slot(3).uid == BASE_UID + 3


def test_two_pools_share_no_number(tmp_path: Path) -> None:
    async def scene() -> set[int]:
        one, two = SlotPool(tmp_path / "slots", 4), SlotPool(tmp_path / "slots", 4)
        async with one.take() as a, two.take() as b, one.take() as c:
            return {a.number, b.number, c.number}

    assert asyncio.run(scene()) == {0, 1, 2}
