#include "check/match.h"

#include <algorithm>
#include <map>
#include <set>
#include <tuple>
#include <unordered_map>

namespace solvent::check {
namespace {

using Index = std::size_t;

/// Total order by everything that is visible, so that the input order never decides.
bool before(const Sighting& a, const Sighting& b) {
  return std::tie(a.subject, a.path, a.line, a.ordinal, a.item, a.fingerprint, a.context) <
         std::tie(b.subject, b.path, b.line, b.ordinal, b.item, b.fingerprint, b.context);
}

std::vector<Index> in_order(std::span<const Sighting> sightings) {
  std::vector<Index> order(sightings.size());
  for (Index i = 0; i < order.size(); ++i) order[i] = i;
  std::stable_sort(order.begin(), order.end(),
                   [&](Index a, Index b) { return before(sightings[a], sightings[b]); });
  return order;
}

std::string_view last_component(std::string_view path) {
  const auto slash = path.rfind('/');
  return slash == std::string_view::npos ? path : path.substr(slash + 1);
}

class Matcher {
 public:
  Matcher(std::span<const Sighting> old_ones, std::span<const Sighting> new_ones)
      : old_(old_ones),
        new_(new_ones),
        old_order_(in_order(old_ones)),
        new_order_(in_order(new_ones)),
        old_used_(old_ones.size(), false),
        answer_(new_ones.size()) {
    for (const auto& sighting : new_) subjects_now_.insert(sighting.subject);
  }

  std::vector<std::optional<Index>> run() {
    using View = std::string_view;
    const auto all = [](const Sighting&) { return true; };
    // 1: same place and content.
    pair_up(all, [](const Sighting& s) {
      return std::tuple(s.fingerprint, s.subject, s.path, s.item, s.context);
    });
    pair_up(all,
            [](const Sighting& s) { return std::tuple(s.fingerprint, s.subject, s.path, s.item); });
    pair_up(all, [](const Sighting& s) { return std::tuple(s.fingerprint, s.subject, s.path); });
    // 2: same content, old place vanished; whole files renamed before single lines moved.
    const auto vanished = [this](const Sighting& s) { return !subjects_now_.contains(s.subject); };
    for (const bool renamed : {true, false}) {
      const auto eligible = [&](const Sighting& s) { return !renamed || vanished(s); };
      pair_up(eligible, [](const Sighting& s) {
        return std::tuple(s.fingerprint, s.context, last_component(s.subject));
      });
      pair_up(eligible, [](const Sighting& s) { return std::tuple(s.fingerprint, s.context); });
      pair_up(eligible, [](const Sighting& s) {
        return std::tuple(s.fingerprint, last_component(s.subject));
      });
      pair_up(eligible, [](const Sighting& s) { return std::tuple(s.fingerprint); });
    }
    // 3: changed content, same place.
    const auto has_item = [](const Sighting& s) { return !s.item.empty(); };
    const auto has_context = [](const Sighting& s) { return !s.context.empty(); };
    pair_up(has_item,
            [](const Sighting& s) { return std::tuple(s.subject, s.path, s.item, View("item")); });
    pair_up(has_context, [](const Sighting& s) {
      return std::tuple(s.subject, s.path, s.context, View("context"));
    });
    pair_near();
    return std::move(answer_);
  }

 private:
  /// Pairs unmatched sightings of equal key, in order of place.
  template <class Eligible, class Key>
  void pair_up(const Eligible& eligible, const Key& key) {
    std::map<decltype(key(old_[0])), std::pair<std::vector<Index>, Index>> waiting;
    for (const Index i : old_order_) {
      if (!old_used_[i] && eligible(old_[i])) waiting[key(old_[i])].first.push_back(i);
    }
    if (waiting.empty()) return;
    for (const Index j : new_order_) {
      if (answer_[j]) continue;
      const auto found = waiting.find(key(new_[j]));
      if (found == waiting.end()) continue;
      auto& [queue, head] = found->second;
      if (head < queue.size()) take(queue[head++], j);
    }
  }

  void take(Index i, Index j) {
    old_used_[i] = true;
    answer_[j] = i;
  }

  /// Nearest pairs within kNearLines of one place, nearest first.
  void pair_near() {
    std::map<std::pair<std::string_view, std::string_view>, std::vector<Index>> by_place;
    for (const Index i : old_order_) {
      if (!old_used_[i] && old_[i].line > 0) {
        by_place[{old_[i].subject, old_[i].path}].push_back(i);
      }
    }
    std::vector<std::tuple<std::int64_t, Index, Index>> pairs;  // distance, rank of old, new
    for (Index rank = 0; rank < new_order_.size(); ++rank) {
      const Sighting& now = new_[new_order_[rank]];
      if (answer_[new_order_[rank]] || now.line <= 0) continue;
      const auto place = by_place.find({now.subject, now.path});
      if (place == by_place.end()) continue;
      const auto& ones = place->second;  // ascending by line
      auto at = std::lower_bound(ones.begin(), ones.end(), now.line - kNearLines,
                                 [&](Index i, std::int64_t line) { return old_[i].line < line; });
      // Copies on one line are bounded by taking at most a few neighbours.
      for (int seen = 0; at != ones.end() && seen < 16; ++at, ++seen) {
        if (old_[*at].line > now.line + kNearLines) break;
        if (!old_[*at].item.empty() && !now.item.empty()) continue;  // named, and not the same name
        pairs.emplace_back(std::abs(old_[*at].line - now.line), *at, rank);
      }
    }
    std::sort(pairs.begin(), pairs.end(), [&](const auto& a, const auto& b) {
      if (std::get<0>(a) != std::get<0>(b)) return std::get<0>(a) < std::get<0>(b);
      if (std::get<2>(a) != std::get<2>(b)) return std::get<2>(a) < std::get<2>(b);
      return before(old_[std::get<1>(a)], old_[std::get<1>(b)]);
    });
    for (const auto& [distance, i, rank] : pairs) {
      if (!old_used_[i] && !answer_[new_order_[rank]]) take(i, new_order_[rank]);
    }
  }

  std::span<const Sighting> old_, new_;
  std::vector<Index> old_order_, new_order_;
  std::vector<bool> old_used_;
  std::vector<std::optional<Index>> answer_;
  std::set<std::string_view> subjects_now_;
};

}  // namespace

std::vector<std::optional<std::size_t>> match(std::span<const Sighting> old_ones,
                                              std::span<const Sighting> new_ones) {
  if (old_ones.empty()) return std::vector<std::optional<std::size_t>>(new_ones.size());
  return Matcher(old_ones, new_ones).run();
}

}  // namespace solvent::check
