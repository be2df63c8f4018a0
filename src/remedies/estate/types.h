/// Words of the estate remedy: who owns, feeds and reads what. Described structs, values.
#pragma once

#include <string>
#include <vector>

#include "base/describe.h"

namespace solvent::remedies::estate {

struct KindRow {
  std::string kind;
  std::int64_t assets = 0, unowned = 0, unread = 0, versions = 0;
  static constexpr std::string_view kName = "EstateKind";
  template <class V>
  void describe(V& v) {
    v.field("kind", kind, "kind of asset");
    v.field("assets", assets, "assets of that kind");
    v.field("unowned", unowned, "of these, without owner");
    v.field("unread", unread, "of these, never read by a run");
    v.field("versions", versions, "versions of them all");
  }
};

struct RemoveRequest {
  std::string asset, reason;
  static constexpr std::string_view kName = "AssetRemoveRequest";
  template <class V>
  void describe(V& v) {
    v.field("asset", asset, "id, namespace/name, or a name that only one asset has");
    v.field("reason", reason, "why it goes");
  }
};

struct Removed {
  std::string asset, kind;
  std::int64_t retired = 0;
  static constexpr std::string_view kName = "AssetRemoved";
  template <class V>
  void describe(V& v) {
    v.field("asset", asset, "what was removed");
    v.field("kind", kind, "what it was");
    v.field("retired", retired, "debts retired with it");
  }
};

struct Overview {
  std::int64_t assets = 0, unowned = 0;
  std::vector<KindRow> kinds;
  static constexpr std::string_view kName = "EstateOverview";
  template <class V>
  void describe(V& v) {
    v.field("assets", assets, "assets the caller may see");
    v.field("unowned", unowned, "without owner");
    v.field("kinds", kinds, "one a kind, most assets first");
  }
};

}  // namespace solvent::remedies::estate
