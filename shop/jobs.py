"""Jobs about jobs: what a worker that died had begun is begun again."""

from procrastinate import JobContext
from procrastinate.contrib.django import app
from procrastinate.jobs import Status


@app.periodic(cron="*/2 * * * *")
@app.task(name="shop.rescue_stalled", queueing_lock="shop.rescue_stalled", pass_context=True)
async def rescue_stalled(context: JobContext, timestamp: int) -> int:
    """Put the jobs of workers without a heartbeat back into the queue; returns how many there were. Every job of ours may run twice.

    Those of the clock have a queueing lock and are given up: the clock has asked for the next one already.
    """
    manager = context.app.job_manager
    stalled = list(await manager.get_stalled_jobs())
    for job in stalled:
        if job.queueing_lock:
            await manager.finish_job(job, Status.ABORTED, delete_job=False)
        else:
            await manager.retry_job(job)
    return len(stalled)
