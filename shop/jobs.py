"""Jobs about jobs: what a worker that died had begun is begun again."""

from procrastinate import JobContext
from procrastinate.contrib.django import app


@app.periodic(cron="*/2 * * * *")
@app.task(name="shop.rescue_stalled", queueing_lock="shop.rescue_stalled", pass_context=True)
async def rescue_stalled(context: JobContext, timestamp: int) -> int:
    """Put the jobs of workers without a heartbeat back into the queue; returns how many. Every job of ours may run twice."""
    manager = context.app.job_manager
    stalled = list(await manager.get_stalled_jobs())
    for job in stalled:
        await manager.retry_job(job)
    return len(stalled)
