"""`make bench`: the quick benchmarks, and the names of the longer ones."""

from benchmarks import command_speed, hook_speed, merge_speed, rebase_speed, status_speed
from benchmarks.runs import run

LONGER = """
A minute or so each: python -m benchmarks.revision_speed, redirect_speed, redirect_batch_speed, driver_speed,
effective_speed, merge_cost, shifted_merges, bulk_speed, rdf_speed, validation_speed, overlap_speed 10000, scale, watch_speed, watch_memory, service_load.
On real history, some minutes each: python -m benchmarks.real_merges, real_load, real_driver, real_hooks,
real_watch, review_pages."""


def main() -> None:
    """The quick ones, one after another."""
    for benchmark in (command_speed, status_speed, merge_speed, rebase_speed, hook_speed):
        benchmark.main()
    print(LONGER)


if __name__ == "__main__":
    run(main)
