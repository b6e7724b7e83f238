import { afterEach } from "vitest"

// Laws keep a worker busy for seconds on end; in between it answers vitest, which else takes it for dead
afterEach(() => new Promise((resolve) => setImmediate(resolve)))
