// Loaded before the program of a task with `node --import`: a task must not outlive the runner that started it. The
// kernel closes the channel however the runner ends, a SIGKILL included, and the program itself knows nothing of it.
process.on("disconnect", () => process.exit(1));
// Watching must not keep a program alive that has nothing left to do.
process.channel?.unref();
