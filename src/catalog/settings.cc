/// The catalog's limits as settings of the workspace.

#include "catalog/operations.h"

namespace solvent::catalog {
std::vector<Setting> catalog_settings() {
  const Limits usual;
  return {
      integer_setting("catalog.batch_events_max", usual.batch_events_max, 1, 1e6,
                      "events of one append"),
      integer_setting("catalog.batch_bytes_max", usual.batch_bytes_max, 1, 1e10,
                      "bytes of one append's bodies"),
      integer_setting("catalog.body_bytes_max", usual.body_bytes_max, 1, 1e9,
                      "bytes of one event's body"),
      integer_setting("catalog.body_depth_max", usual.body_depth_max, 1, 1'000,
                      "levels of one event's body"),
      integer_setting("catalog.text_bytes_max", usual.text_bytes_max, 16, 1e6,
                      "bytes of a name, owner, job or slice"),
      integer_setting("catalog.run_assets_max", usual.run_assets_max, 1, 1e6,
                      "assets that one run reads or writes"),
      integer_setting("catalog.page_max", usual.page_max, 1, 1e5, "rows of one answer"),
      integer_setting("catalog.graph_depth_max", usual.graph_depth_max, 1, 1e6,
                      "steps that a walk of lineage goes"),
      integer_setting("catalog.graph_nodes_max", usual.graph_nodes_max, 1, 1e7,
                      "assets that a walk of lineage finds"),
      integer_setting("catalog.clock_skew_minutes", usual.clock_skew_max / (60 * kSecondUs), 0,
                      525'600, "minutes that an event's time may lie ahead of ours"),
  };
}

Limits limits_of(const Settings& settings) {
  return {.batch_events_max = settings.integer("catalog.batch_events_max"),
          .batch_bytes_max = settings.integer("catalog.batch_bytes_max"),
          .body_bytes_max = settings.integer("catalog.body_bytes_max"),
          .body_depth_max = settings.integer("catalog.body_depth_max"),
          .text_bytes_max = settings.integer("catalog.text_bytes_max"),
          .run_assets_max = settings.integer("catalog.run_assets_max"),
          .page_max = settings.integer("catalog.page_max"),
          .graph_depth_max = settings.integer("catalog.graph_depth_max"),
          .graph_nodes_max = settings.integer("catalog.graph_nodes_max"),
          .clock_skew_max = settings.integer("catalog.clock_skew_minutes") * 60 * kSecondUs};
}

}  // namespace solvent::catalog
