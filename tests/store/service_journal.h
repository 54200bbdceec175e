// The journal of a service in a directory of its own, which can begin its next life.
#pragma once

#include <gtest/gtest.h>

#include <memory>

#include "scheduler/store/instances.h"
#include "scheduler/store/journal.h"
#include "tests/support/scratch.h"

namespace rota::store {

struct ServiceJournal {
  void open_again() {
    journal.reset();
    journal = std::move(open_service_journal(instance.directory).value());
    EXPECT_TRUE(journal->replay([](const core::Record&) {}));
  }

  test::Scratch scratch;
  Instance instance = std::move(open_service_instance(scratch.path()).value());
  std::unique_ptr<Journal> journal = std::move(open_service_journal(instance.directory).value());
};

}  // namespace rota::store
