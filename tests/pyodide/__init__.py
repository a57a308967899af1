"""The built wheel and the tests on another Python: CPython on WebAssembly, from npm."""
