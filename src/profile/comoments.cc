#include "profile/comoments.h"

#include <algorithm>
#include <cmath>
#include <cstring>

namespace solvent::profile {
namespace {

/// Two lanes: what every x86-64 and AArch64 machine has.
typedef double Lanes __attribute__((vector_size(16)));
constexpr std::size_t kLanes = 2;
/// Rows a turn of a loop takes, in sums that do not wait for one another.
constexpr std::size_t kStep = 4 * kLanes;

Lanes load_lanes(const double* from) {
  Lanes out;
  std::memcpy(&out, from, sizeof out);
  return out;
}
double total(Lanes lanes) {
  return lanes[0] + lanes[1];
}

/// Rows rounded up to whole steps; the rest of a block is zero and not present.
std::size_t padded(std::size_t rows) {
  return (rows + kStep - 1) / kStep * kStep;
}

double dot(const double* x, const double* y, std::size_t rows) {
  Lanes a{}, b{}, c{}, d{};
  for (std::size_t i = 0; i < rows; i += kStep) {
    a += load_lanes(x + i) * load_lanes(y + i);
    b += load_lanes(x + i + kLanes) * load_lanes(y + i + kLanes);
    c += load_lanes(x + i + 2 * kLanes) * load_lanes(y + i + 2 * kLanes);
    d += load_lanes(x + i + 3 * kLanes) * load_lanes(y + i + 3 * kLanes);
  }
  return total((a + b) + (c + d));
}

struct Sums {
  double sum = 0, squares = 0;
};

/// Σ x·mask and Σ x²·mask.
Sums masked(const double* x, const double* mask, std::size_t rows) {
  Lanes sum[2] = {}, squares[2] = {};
  for (std::size_t i = 0; i < rows; i += kStep) {
    for (std::size_t k = 0; k < kStep; k += kLanes) {
      const Lanes value = load_lanes(x + i + k), seen = value * load_lanes(mask + i + k);
      sum[k / kLanes % 2] += seen;
      squares[k / kLanes % 2] += seen * value;
    }
  }
  return {total(sum[0] + sum[1]), total(squares[0] + squares[1])};
}

}  // namespace

CoMomentMatrix::CoMomentMatrix(std::vector<std::int64_t> columns)
    : columns_(std::move(columns)), blocks_(columns_.size()) {
  for (auto& block : blocks_) {
    block.deviations.resize(kBlockRows);
    block.present.resize(kBlockRows);
  }
  for (std::size_t i = 0; i < columns_.size(); ++i)
    for (std::size_t j = i + 1; j < columns_.size(); ++j)
      pairs_.push_back({.a = columns_[i], .b = columns_[j]});
}

void CoMomentMatrix::load(const ColumnSpan& span, std::size_t from, std::size_t rows,
                          Block& block) {
  block.n = 0;
  double sum = 0;
  for (std::size_t r = 0; r < rows; ++r) {
    const std::size_t row = from + r;
    double value = 0;
    bool present = span.valid.empty() || span.valid[row] != 0;
    if (present) {
      value = span.type == ColumnType::kReal ? span.reals[row]
                                             : static_cast<double>(span.integers[row]);
      present = std::isfinite(value);
    }
    block.deviations[r] = present ? value : 0;
    block.present[r] = present ? 1 : 0;
    block.n += present;
    sum += block.deviations[r];
  }
  block.complete = block.n == static_cast<std::int64_t>(rows);
  block.origin = block.n == 0 ? 0 : sum / static_cast<double>(block.n);
  block.sum = block.squares = 0;
  for (std::size_t r = 0; r < rows; ++r) {
    const double d = block.present[r] != 0 ? block.deviations[r] - block.origin : 0;
    block.deviations[r] = d;
    block.sum += d;
    block.squares += d * d;
  }
  for (std::size_t r = rows; r < padded(rows); ++r) block.deviations[r] = block.present[r] = 0;
}

void CoMomentMatrix::add_pair(std::size_t i, std::size_t j, std::size_t rows,
                              CoMoment& pair) const {
  const Block &x = blocks_[i], &y = blocks_[j];
  if (x.n == 0 || y.n == 0) return;
  const std::size_t count = padded(rows);
  const double *dx = x.deviations.data(), *dy = y.deviations.data();
  const double *px = x.present.data(), *py = y.present.data();
  Sums sx{x.sum, x.squares}, sy{y.sum, y.squares};
  double n = static_cast<double>(rows);
  if (!y.complete) sx = masked(dx, py, count);
  if (!x.complete) sy = masked(dy, px, count);
  if (!x.complete || !y.complete) n = dot(px, py, count);
  if (n == 0) return;
  CoMoment batch;
  batch.n = static_cast<std::int64_t>(n);
  batch.mean_a = x.origin + sx.sum / n;
  batch.mean_b = y.origin + sy.sum / n;
  batch.m2_a = std::max(0.0, sx.squares - sx.sum * sx.sum / n);
  batch.m2_b = std::max(0.0, sy.squares - sy.sum * sy.sum / n);
  batch.c_ab = dot(dx, dy, count) - sx.sum * sy.sum / n;
  merge_comoment(pair, batch);
}

void CoMomentMatrix::add(std::span<const ColumnSpan> columns) {
  if (pairs_.empty()) return;
  const ColumnSpan& first = columns[static_cast<std::size_t>(columns_[0])];
  const std::size_t rows =
      first.type == ColumnType::kReal ? first.reals.size() : first.integers.size();
  for (std::size_t from = 0; from < rows; from += kBlockRows) {
    const std::size_t count = std::min(kBlockRows, rows - from);
    for (std::size_t i = 0; i < columns_.size(); ++i)
      load(columns[static_cast<std::size_t>(columns_[i])], from, count, blocks_[i]);
    std::size_t pair = 0;
    for (std::size_t i = 0; i < columns_.size(); ++i)
      for (std::size_t j = i + 1; j < columns_.size(); ++j) add_pair(i, j, count, pairs_[pair++]);
  }
}

}  // namespace solvent::profile
