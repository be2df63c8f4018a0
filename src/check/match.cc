#include "check/match.h"

#include <algorithm>
#include <cstdlib>
#include <map>
#include <set>
#include <tuple>

#include "check/assignment.h"

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

  using Indexes = std::vector<Index>;

  /// Unmatched sightings of one place, by neighbourhoods: runs of lines without a gap wider than
  /// kNearLines.
  void pair_near() {
    std::map<std::pair<std::string_view, std::string_view>, std::pair<Indexes, Indexes>> places;
    for (const Index i : old_order_) {
      if (!old_used_[i] && old_[i].line > 0)
        places[{old_[i].subject, old_[i].path}].first.push_back(i);
    }
    if (places.empty()) return;
    for (const Index j : new_order_) {
      if (answer_[j] || new_[j].line <= 0) continue;
      const auto place = places.find({new_[j].subject, new_[j].path});
      if (place != places.end()) place->second.second.push_back(j);
    }
    for (const auto& [place, both] : places) pair_place(both.first, both.second);
  }

  /// Both lists ascend by line.
  void pair_place(const Indexes& olds, const Indexes& news) {
    std::size_t i = 0, j = 0;
    while (i < olds.size() && j < news.size()) {
      Indexes some_old, some_new;
      std::int64_t end = std::min(old_[olds[i]].line, new_[news[j]].line) + kNearLines;
      for (bool grew = true; grew;) {
        grew = false;
        for (; i < olds.size() && old_[olds[i]].line <= end; ++i, grew = true) {
          some_old.push_back(olds[i]);
          end = std::max(end, old_[olds[i]].line + kNearLines);
        }
        for (; j < news.size() && new_[news[j]].line <= end; ++j, grew = true) {
          some_new.push_back(news[j]);
          end = std::max(end, new_[news[j]].line + kNearLines);
        }
      }
      if (some_old.size() <= kAssignedMax && some_new.size() <= kAssignedMax) {
        pair_best(some_old, some_new);
      } else {
        pair_greedily(some_old, some_new);
      }
    }
  }

  /// Distance in lines, or kForbidden: too far, or named and not by the same name.
  std::int64_t distance(Index i, Index j) const {
    if (!old_[i].item.empty() && !new_[j].item.empty()) return kForbidden;
    const std::int64_t lines = std::abs(old_[i].line - new_[j].line);
    return lines <= kNearLines ? lines : kForbidden;
  }

  void pair_best(const Indexes& olds, const Indexes& news) {
    std::vector<std::int64_t> costs;
    for (const Index i : olds)
      for (const Index j : news) costs.push_back(distance(i, j));
    const auto pairs = assign(costs, olds.size(), news.size());
    for (std::size_t r = 0; r < pairs.size(); ++r)
      if (pairs[r]) take(olds[r], news[*pairs[r]]);
  }

  /// Nearest pairs first. Copies on one line are bounded by a few neighbours each.
  void pair_greedily(const Indexes& olds, const Indexes& news) {
    std::vector<std::tuple<std::int64_t, std::size_t, std::size_t>> pairs;  // distance, new, old
    for (std::size_t rank = 0; rank < news.size(); ++rank) {
      auto at = std::ranges::lower_bound(olds, new_[news[rank]].line - kNearLines, {},
                                         [&](Index i) { return old_[i].line; });
      for (int seen = 0; at != olds.end() && seen < 16; ++at, ++seen) {
        const std::int64_t lines = distance(*at, news[rank]);
        if (lines != kForbidden)
          pairs.emplace_back(lines, rank, static_cast<std::size_t>(at - olds.begin()));
      }
    }
    std::ranges::sort(pairs);
    for (const auto& [lines, rank, i] : pairs)
      if (!old_used_[olds[i]] && !answer_[news[rank]]) take(olds[i], news[rank]);
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
