// Words of the plan.
#include "jobs/model/plan.h"

namespace rota::jobs {

std::string_view to_text(NeedKind k) {
  switch (k) {
    case NeedKind::success: return "success";
    case NeedKind::completed: return "completed";
    case NeedKind::failed: return "failed";
    case NeedKind::started: return "started";
    case NeedKind::ready: return "ready";
  }
  return "?";
}

}  // namespace rota::jobs
