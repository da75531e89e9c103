"""The use cases: the only API that UI, REST, commands and tasks may call.

From the bottom up, each may know what stands before it: `identity`, `tenancy`, `retrieval`, then `library` and `chat`
side by side, `oversight`, `upkeep`. Modules right in here serve all of them.
"""
