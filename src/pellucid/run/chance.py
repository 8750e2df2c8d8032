"""Chance, the same in every language: SplitMix64 (Steele, Lea and Flood 2014), read at a place, not run step by step.

For a seed (0 or more, taken modulo 2⁶⁴) and a position (from 0), with all arithmetic on whole numbers modulo 2⁶⁴:

    z = seed + (position + 1) · 0x9E3779B97F4A7C15
    z = (z xor (z >> 30)) · 0xBF58476D1CE4E5B9
    z = (z xor (z >> 27)) · 0x94D049BB133111EB
    z = z xor (z >> 31)

The upper 53 bits of z, divided by 2⁵³, are the number. The page's formula/chance.ts is the same, to which
tests/golden/chance.json holds both.
"""

INCREMENT = 0x9E3779B97F4A7C15
MASK = 2**64 - 1


def uniform(seed: int, position: int) -> float:
    """A number from 0 up to, but not including, 1."""
    z = (seed + (position + 1) * INCREMENT) & MASK
    z = ((z ^ (z >> 30)) * 0xBF58476D1CE4E5B9) & MASK
    z = ((z ^ (z >> 27)) * 0x94D049BB133111EB) & MASK
    z ^= z >> 31
    return (z >> 11) / 2**53
