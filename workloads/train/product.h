// Sums of products of matrices, for the network. Plain loops that compilers turn into vector instructions without
// changing any order of summation, so that every compiler and optimisation level gives the same bits.
#pragma once

#include <cstddef>

namespace dure::train {

// A matrix of which element (i, j) lies at `at[i * row + j * column]`; a transposed one is the same with both swapped.
struct Strided {
  const float* at = nullptr;
  std::size_t row = 0;
  std::size_t column = 0;
};

struct Extent {
  std::size_t rows = 0;
  std::size_t inner = 0;
  std::size_t columns = 0;
};

// Adds a·b to c: c[i][j] += a(i, k) * b[k][j] for k = 0, 1, ... in this order. b and c lie row by row without gaps.
void add_product(Strided a, const float* b, float* c, Extent extent);

}  // namespace dure::train
