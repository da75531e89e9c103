"""Background work: look, follow, cancel."""

from collections.abc import AsyncGenerator, AsyncIterator

from fastapi import Response

from ragapp.api.credentials import CallerScope
from ragapp.api.parameters import TaskId
from ragapp.api.routes import caller_router
from ragapp.api.schemas.documents import Task
from ragapp.api.streams import closing, describe_stream, encode_event, open_stream
from ragapp.core.lifecycle import UNFINISHED_TASKS
from ragapp.core.scope import Permission
from ragapp.services.registry import current
from ragapp.services.views import TaskView

router = caller_router("tasks")


@router.get("/tasks/{task_id}", response_model=Task)
async def get_task(task_id: TaskId, scope: CallerScope) -> TaskView:
    """Return a task."""
    return await current().tasks.get(scope, task_id)


@router.get("/tasks/{task_id}/events", response_class=Response, responses=describe_stream("progress", "done"))
async def follow_task(task_id: TaskId, scope: CallerScope) -> Response:
    """Stream a task as `progress` events, the last one named `done`; each carries the whole task."""
    tasks = current().tasks.follow(scope, task_id)
    return await open_stream(_progress(current().vigil.over(scope, tasks, Permission.READ_DOCUMENTS)))


@router.post("/tasks/{task_id}/cancel", status_code=202, response_model=Task)
async def cancel_task(task_id: TaskId, scope: CallerScope) -> TaskView:
    """Ask a task to stop."""
    return await current().tasks.cancel(scope, task_id)


async def _progress(tasks: AsyncIterator[TaskView]) -> AsyncGenerator[bytes]:
    async with closing(tasks):
        async for task in tasks:
            yield encode_event("progress" if task.status in UNFINISHED_TASKS else "done", task)
