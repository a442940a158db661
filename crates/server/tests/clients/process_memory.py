"""What is in the memory of another process, as root or whoever may debug it reads it."""

import array
import base64
import mmap
import re
from dataclasses import dataclass

PAGE = mmap.PAGESIZE


@dataclass
class Mapping:
    start: int
    end: int
    name: str
    flags: frozenset = frozenset()


def mappings(pid):
    """Everything the process can write, with the flags the kernel keeps for it."""
    found, current = [], None
    with open(f"/proc/{pid}/smaps") as lines:
        for line in lines:
            if head := re.match(r"([0-9a-f]+)-([0-9a-f]+) (\S+) \S+ \S+ \S+ *(.*)", line):
                start, end, rights, name = head.groups()
                current = Mapping(int(start, 16), int(end, 16), name) if "w" in rights else None
                if current:
                    found.append(current)
            elif current and line.startswith("VmFlags:"):
                current.flags = frozenset(line.split()[1:])
    assert found, "a process without memory is not running"
    return found


def find(pid, texts, around=48):
    """Where the texts stand, as they are or in Base64: mapping, address, and the bytes around it."""
    wanted = [form for text in texts for form in forms(text)]
    found = []
    with open(f"/proc/{pid}/mem", "rb", buffering=0) as memory, open(f"/proc/{pid}/pagemap", "rb", buffering=0) as pages:
        for mapping in mappings(pid):
            for start, end in used(mapping, pages):
                try:
                    memory.seek(start)
                    content = memory.read(end - start)
                except OSError:
                    # Unmapped since the list was read.
                    continue
                for at in sorted(places(content, wanted)):
                    found.append((mapping, start + at, content[max(0, at - around) : at + around]))
    return found


def used(mapping, pages):
    """The parts that are in memory or swapped out. Allocators reserve a gigabyte and use little of it."""
    pages.seek(mapping.start // PAGE * 8)
    flags = array.array("Q", pages.read((mapping.end - mapping.start) // PAGE * 8))
    start = None
    for number, flag in enumerate(flags):
        is_used = flag >> 62 != 0
        if is_used and start is None:
            start = number
        elif not is_used and start is not None:
            yield mapping.start + start * PAGE, mapping.start + number * PAGE
            start = None
    if start is not None:
        yield mapping.start + start * PAGE, mapping.end


def places(content, wanted):
    for form in wanted:
        at = content.find(form)
        while at != -1:
            yield at
            at = content.find(form, at + 1)


def forms(text):
    """The bytes as they are, and as Base64 at each of the three positions."""
    raw = text.encode() if isinstance(text, str) else text
    yield raw
    for shift in range(3):
        encoded = base64.b64encode(bytes(shift) + raw)
        yield encoded[(8 * shift + 5) // 6 : (8 * (shift + len(raw))) // 6]
