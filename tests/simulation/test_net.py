"""Lines without sockets do what TCP does: order kept, ends told, and a dead line tells nobody."""

import asyncio
import random

import pytest

from pawang.simulate.loop import VirtualLoop
from pawang.simulate.net import KERNEL_BYTES, Network, Weather

PORT = 9001


def run(story, weather=None):
    """`story(net, seen)` beside a server that remembers what it reads and greets back."""
    loop = VirtualLoop(seed=7)
    loop.net = Network(loop, random.Random(7), weather)
    seen = []

    async def serve(reader, writer):
        try:
            while data := await reader.read(65_536):
                seen.append(data)
                writer.write(b"<" + data[:1] + b">")
            seen.append("end")
        except ConnectionResetError:
            seen.append("reset")
        writer.close()

    async def main():
        await asyncio.start_server(serve, "127.0.0.1", PORT)
        return await story(loop.net, seen)

    try:
        return loop.run_until_complete(main())
    finally:
        loop.close()


def connect():
    return asyncio.open_connection("127.0.0.1", PORT)


def test_what_is_written_arrives_in_order_however_it_is_torn():
    async def story(net, seen):
        _, writer = await connect()
        for number in range(200):
            writer.write(b"%d," % number)
            await asyncio.sleep(0.001)
        await asyncio.sleep(1)
        return b"".join(seen)

    assert run(story, Weather((0.0, 0.3), torn=0.9)) == b"".join(b"%d," % n for n in range(200))


def test_a_close_comes_after_what_was_written_and_a_reset_ends_it_at_once():
    async def story(net, seen):
        _, polite = await connect()
        polite.write(b"bye")
        polite.close()
        await asyncio.sleep(1)
        _, rude = await connect()
        rude.transport.abort()
        await asyncio.sleep(1)
        return seen

    assert run(story) == [b"bye", "end", "reset"]


def test_a_cut_line_ends_for_both():
    async def story(net, seen):
        reader, _ = await connect()
        net.open_lines(PORT)[0].cut()
        with pytest.raises(ConnectionResetError):
            await reader.read(1)
        await asyncio.sleep(1)
        return seen, net.open_lines(PORT)

    assert run(story) == (["reset"], [])


def test_a_dead_line_tells_nobody():
    async def story(net, seen):
        reader, writer = await connect()
        net.open_lines(PORT)[0].die()
        writer.write(b"anybody?")
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(reader.read(1), 3600)
        return seen

    assert run(story) == []


def test_a_stalled_line_is_late_and_loses_nothing():
    async def story(net, seen):
        reader, writer = await connect()
        net.open_lines(PORT)[0].stall(20)
        writer.write(b"x")
        answer = await reader.read(9)
        return answer, 20 <= net.loop.time() < 21

    assert run(story) == (b"<x>", True)


def test_nobody_listens_there():
    async def story(net, seen):
        with pytest.raises(ConnectionRefusedError):
            await asyncio.open_connection("127.0.0.1", PORT + 1)
        net.swallows_until = 60
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(connect(), 5)
        return net.dialled

    dialled = run(story)
    assert {port: len(times) for port, times in dialled.items()} == {PORT: 1, PORT + 1: 1}


def test_who_does_not_read_is_felt_by_who_writes():
    async def story(net, seen):
        _, writer = await connect()
        server = net.open_lines(PORT)[0].server
        server.pause_reading()
        writer.write(b"x" * (KERNEL_BYTES + 200_000))
        await asyncio.sleep(1)
        held = writer.transport.get_write_buffer_size()
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(writer.drain(), 5)
        server.resume_reading()
        await writer.drain()
        await asyncio.sleep(1)
        return held, writer.transport.get_write_buffer_size(), sum(map(len, seen))

    assert run(story) == (200_000, 0, KERNEL_BYTES + 200_000)
