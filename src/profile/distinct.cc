#include "profile/distinct.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstring>
#include <limits>

#include "base/text.h"

namespace solvent::profile {
namespace {

constexpr int kRankMax = 64 - HyperLogLog::kPrecision + 1;

double sigma(double x) {
  if (x == 1) return std::numeric_limits<double>::infinity();
  double weight = 1, sum = x, before;
  do {
    x *= x;
    before = sum;
    sum += x * weight;
    weight += weight;
  } while (sum != before);
  return sum;
}

double tau(double x) {
  if (x == 0 || x == 1) return 0;
  double weight = 1, sum = 1 - x, before;
  do {
    x = std::sqrt(x);
    before = sum;
    weight *= 0.5;
    sum -= (1 - x) * (1 - x) * weight;
  } while (sum != before);
  return sum / 3;
}

}  // namespace

void HyperLogLog::add(std::uint64_t hash) {
  const std::size_t index = hash >> (64 - kPrecision);
  const std::uint64_t rest = hash << kPrecision;
  const int rank = rest == 0 ? kRankMax : std::countl_zero(rest) + 1;
  registers_[index] = std::max(registers_[index], static_cast<std::uint8_t>(rank));
}

void HyperLogLog::merge(const HyperLogLog& other) {
  for (std::size_t i = 0; i < kRegisters; ++i)
    registers_[i] = std::max(registers_[i], other.registers_[i]);
}

double HyperLogLog::estimate() const {
  constexpr auto m = static_cast<double>(kRegisters);
  std::array<int, kRankMax + 1> counts{};
  for (auto r : registers_) ++counts[r];
  double z = m * tau(1 - counts[kRankMax] / m);
  for (int k = kRankMax - 1; k >= 1; --k) z = 0.5 * (z + counts[static_cast<std::size_t>(k)]);
  z += m * sigma(counts[0] / m);
  return m * m / (2 * std::log(2.0) * z);
}

Result<HyperLogLog> HyperLogLog::from_registers(std::string_view bytes) {
  if (bytes.size() != kRegisters)
    return fail(Code::kInvalidArgument,
                "distinct state must have 4096 registers, has " + std::to_string(bytes.size()));
  HyperLogLog out;
  std::memcpy(out.registers_.data(), bytes.data(), kRegisters);
  for (auto r : out.registers_)
    if (r > kRankMax)
      return fail(Code::kInvalidArgument,
                  "distinct state has an impossible register: " + std::to_string(r));
  return out;
}

DistinctState::DistinctState(std::vector<std::uint64_t> hashes) : hashes_(std::move(hashes)) {
  std::sort(hashes_.begin(), hashes_.end());
  hashes_.erase(std::unique(hashes_.begin(), hashes_.end()), hashes_.end());
  if (hashes_.size() <= kHashesMax) return;
  sketch_ = as_sketch();
  exact_ = false;
  hashes_ = {};
}

HyperLogLog DistinctState::as_sketch() const {
  HyperLogLog out = sketch_;
  for (auto hash : hashes_) out.add(hash);
  return out;
}

void DistinctState::merge(const DistinctState& other) {
  if (exact_ && other.exact_) {
    hashes_.insert(hashes_.end(), other.hashes_.begin(), other.hashes_.end());
    *this = DistinctState(std::move(hashes_));
    return;
  }
  sketch_ = as_sketch();
  sketch_.merge(other.as_sketch());
  exact_ = false;
  hashes_ = {};
}

std::int64_t DistinctState::count() const {
  if (exact_) return static_cast<std::int64_t>(hashes_.size());
  const double estimate = sketch_.estimate();
  // A state from elsewhere may have every register full, whose estimate is infinite.
  if (!(estimate < 9e18)) return std::numeric_limits<std::int64_t>::max();
  return std::llround(estimate);
}

std::string DistinctState::text() const {
  if (!exact_) {
    const auto& r = sketch_.registers();
    return "hll12:" +
           base64_encode({reinterpret_cast<const char*>(r.data()), HyperLogLog::kRegisters});
  }
  std::string bytes(hashes_.size() * 8, '\0');
  if (!hashes_.empty()) std::memcpy(bytes.data(), hashes_.data(), bytes.size());
  return "set:" + base64_encode(bytes);
}

Result<DistinctState> DistinctState::parse(std::string_view text) {
  if (text.starts_with("hll12:")) {
    const std::string bytes = TRY(base64_decode(text.substr(6)));
    return DistinctState(TRY(HyperLogLog::from_registers(bytes)));
  }
  if (!text.starts_with("set:"))
    return fail(Code::kInvalidArgument, "distinct state must begin with set: or hll12:");
  const std::string bytes = TRY(base64_decode(text.substr(4)));
  if (bytes.size() % 8 != 0 || bytes.size() / 8 > kHashesMax)
    return fail(Code::kInvalidArgument,
                "distinct state has a bad size: " + std::to_string(bytes.size()));
  std::vector<std::uint64_t> hashes(bytes.size() / 8);
  if (!hashes.empty()) std::memcpy(hashes.data(), bytes.data(), bytes.size());
  return DistinctState(std::move(hashes));
}

}  // namespace solvent::profile
