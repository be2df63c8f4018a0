/// Co-moments of all pairs of numeric columns over pairwise complete rows, block by block. Inside
/// of profile; belongs to one thread. Cost: one to six multiply-adds a row and pair, fewer where
/// columns have no gaps; memory O(pairs + block).
#pragma once

#include <vector>

#include "profile/profile.h"

namespace solvent::profile {

/// Chan, Golub, LeVeque (1983), the covariance form. Keeps `into`'s column indices.
void merge_comoment(CoMoment& into, const CoMoment& other);

class CoMomentMatrix {
 public:
  static constexpr std::size_t kBlockRows = 1'024;

  /// `columns` are indices into the spans that add() gets, ascending.
  explicit CoMomentMatrix(std::vector<std::int64_t> columns);
  void add(std::span<const ColumnSpan> columns);
  const std::vector<CoMoment>& pairs() const { return pairs_; }

 private:
  /// One column's block: values less their mean and zero where missing, the mask, and sums.
  struct Block {
    std::vector<double> deviations, present;
    double origin = 0, sum = 0, squares = 0;
    std::int64_t n = 0;
    bool complete = true;
  };
  static void load(const ColumnSpan& span, std::size_t from, std::size_t rows, Block& block);
  void add_pair(std::size_t i, std::size_t j, std::size_t rows, CoMoment& pair) const;

  std::vector<std::int64_t> columns_;
  std::vector<Block> blocks_;
  std::vector<CoMoment> pairs_;
};

}  // namespace solvent::profile
