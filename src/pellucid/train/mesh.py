"""Which devices a training runs on: `data=2` divides each batch between two, of one process or of several.

Where there are only processors, JAX makes as many devices of them as are asked for. Processes that were started
together, by Open MPI (`mpirun`) or Slurm (`srun`), find each other; others are joined by `jax.distributed.initialize`
before anything is trained.
"""

import os
import re
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from pellucid.graph import PellucidError
from pellucid.run.engine import not_installed
from pellucid.words.given import shown

if TYPE_CHECKING:
    from pellucid.run.parameters import Parameters
    from pellucid.train.sharded import ShardedLearner

MOST = 1 << 16
"""More devices than anybody has."""

TOGETHER = ("OMPI_COMM_WORLD_SIZE", "SLURM_STEP_NUM_TASKS")
"""In these variables, those who start several processes at once say how many."""

BY_HAND = re.compile(r"--xla_force_host_platform_device_count\b")
"""What somebody says to XLA who has chosen already how many devices there are."""


@dataclass(frozen=True)
class Mesh:
    """So many devices share the rows of a batch."""

    data: int

    @classmethod
    def read(cls, text: object, engine: str) -> "Mesh":
        """From `data=2`. Raises PellucidError for anything else, and for an engine that knows no devices."""
        found = re.fullmatch(r"data=([0-9]{1,9})", text) if isinstance(text, str) else None
        if found is None or not 1 <= int(found[1]) <= MOST:
            raise PellucidError(
                "bad-mesh",
                f"The mesh {shown(text)} will not do: give data and the number of devices that share a batch, such as "
                "data=2.",
            )
        if engine != "jax":
            raise PellucidError(
                "bad-mesh",
                f"A mesh is made of JAX's devices, but the engine is {shown(engine)}: choose the engine jax as well, "
                "or no mesh.",
            )
        return cls(int(found[1]))

    def require_divided(self, batch: int) -> None:
        """Raises PellucidError for a batch that cannot be shared evenly."""
        if batch % self.data:
            raise PellucidError(
                "bad-mesh",
                f"A batch of {batch} cannot be divided evenly among {self.data} devices: choose another batch, or "
                "another mesh.",
            )

    def leads(self) -> bool:
        """Whether this process is the one that keeps the folder and speaks; all are joined from here on."""
        self.join()
        import jax

        return bool(jax.process_index() == 0)

    def learner(self, parameters: "Parameters") -> "ShardedLearner":
        """Raises PellucidError where there are fewer devices, or no JAX."""
        self.join()
        from pellucid.train.sharded import ShardedLearner

        return ShardedLearner(parameters, self.devices())

    def join(self) -> None:
        """Find the other processes, if there are any, and have devices made of processors; once is enough."""
        try:
            import jax
        except ModuleNotFoundError as error:
            raise not_installed("jax", error) from error
        if jax.distributed.is_initialized():
            return
        processes = max(started_together(os.environ.get(name)) for name in TOGETHER)
        if processes > 1:
            try:
                jax.distributed.initialize()
            except (ValueError, RuntimeError) as error:
                raise PellucidError(
                    "processes-apart",
                    f"JAX could not join the {processes} processes that were started together ({error}): join them in "
                    "Python with jax.distributed.initialize, then call pellucid.train.",
                    exit_code=1,
                ) from error
        if jax.config.jax_num_cpu_devices < 0 and not BY_HAND.search(os.environ.get("XLA_FLAGS", "")):
            with suppress(RuntimeError):  # JAX may have its devices already: whether they are enough, `devices` says
                jax.config.update("jax_num_cpu_devices", -(-self.data // processes))

    def devices(self) -> list[Any]:
        """As many as are asked for, and from each process equally many."""
        import jax

        processes, there = jax.process_count(), jax.devices()
        if self.data % processes:
            raise PellucidError(
                "bad-mesh", f"{self.data} devices cannot be had evenly from {processes} processes: choose another mesh."
            )
        own = [[one for one in there if one.process_index == number] for number in range(processes)]
        share = self.data // processes
        if any(len(devices) < share for devices in own):
            raise PellucidError(
                "bad-mesh",
                f"The mesh asks for {self.data} devices, but JAX has {len(there)} here ({there[0].platform}): choose a "
                "smaller mesh.",
            )
        return [device for devices in own for device in devices[:share]]


def started_together(said: str | None) -> int:
    """How many processes a variable tells of: one where it is missing, or says something else than a number."""
    return int(said) if said is not None and said.isdecimal() else 1
