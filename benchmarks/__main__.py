"""`make bench`: the quick benchmarks, and the names of the longer ones."""

from benchmarks import hook_speed, merge_speed, rebase_speed, status_speed

status_speed.main()
merge_speed.main()
rebase_speed.main()
hook_speed.main()
print(
    "\nOn a long history and on 100,000 redirects, a minute each: python -m benchmarks.revision_speed, python -m benchmarks.redirect_speed"
    "
On real history, some minutes each: python -m benchmarks.real_merges, python -m benchmarks.real_load,"
    "
python -m benchmarks.real_driver, python -m benchmarks.real_hooks;"
    "
1,000 files through the merge driver: python -m benchmarks.driver_speed"
)
