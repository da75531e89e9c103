"""Background work and the proof that nothing was lost: tasks, verification."""
