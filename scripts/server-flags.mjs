// How V8 keeps the memory of the server small. By default it lets young objects fill 100 MB and old ones grow to four
// times of what is alive before it collects, so that an import held 460 MB of which 90 were in use. With these it holds
// 280. Growth of 100 % held 250, but a busy server then collected so often that a cached read cost half as much again.
export const serverFlags = ['--max-semi-space-size=16', '--heap-growing-percent=150'];
