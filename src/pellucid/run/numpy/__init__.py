"""The compiled program: a graph's ops as NumPy kernels over arrays that never move. The default engine."""
