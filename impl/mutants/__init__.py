"""Wrong kernels, which the suite must reject."""
