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
    case NeedKind::each: return "each";
  }
  return "?";
}

std::string_view to_text(Hook h) {
  switch (h) {
    case Hook::on_success: return "on_success";
    case Hook::on_failure: return "on_failure";
    case Hook::on_cancel: return "on_cancel";
    case Hook::on_exit: return "on_exit";
  }
  return "?";
}

}  // namespace rota::jobs
