// The walk of jobs that belong to a project: its data, its grant, the end of its term.
#include <utility>

#include "sim/engine/job_walk.h"

namespace dure::sim {

ProjectStanding* JobWalk::standing(ProjectId id) { return id != kNoProject && index(id) < projects_.size() ? &projects_[index(id)] : nullptr; }

ProjectStanding& JobWalk::open_project(ProjectId id) {
  if (index(id) >= projects_.size()) projects_.resize(index(id) + 1);
  return projects_[index(id)];
}

double JobWalk::running_card_s(ProjectId id) {
  double card_s = 0;
  if (const ProjectStanding* project = standing(id))
    for (const std::uint32_t slot : project->active)
      if (const ActiveJob& active = run_.jobs[slot]; !active.slices.empty()) card_s += double(active.cards) * 1e-9 * (run_.now_s - active.allocated_since_s);
  return card_s;
}

double JobWalk::waiting_cards(ProjectId id) {
  NanoCards cards = 0;
  if (const ProjectStanding* project = standing(id)) {
    for (const std::uint32_t slot : project->active)
      if (run_.jobs[slot].slices.empty()) cards += run_.jobs[slot].cards;
    for (std::size_t i = project->held_from; i < project->held.size(); ++i) cards += run_.jobs[project->held[i]].cards;
  }
  return double(cards) * 1e-9;
}

void JobWalk::recheck(ProjectId id) {
  if (ProjectStanding* project = standing(id); project != nullptr && project->is_open && project->data_ready) release_held(*project);
}

void JobWalk::cut(ProjectId id, int cards) {
  ProjectStanding& project = projects_[index(id)];
  project.cards_granted = cards;
  std::vector<std::uint32_t> stay;
  for (std::size_t i = project.held_from; i < project.held.size(); ++i) {
    const std::uint32_t slot = project.held[i];
    if (run_.jobs[slot].job.cards <= cards) {
      stay.push_back(slot);
      continue;
    }
    run_.pool(project.pool).held.remove(run_.jobs[slot].line());
    withdraw(slot, Recorder::Ending::kCancelled);
  }
  project.held = std::move(stay);
  project.held_from = 0;
  run_.touch(project.pool);
  recheck(id);
}

void JobWalk::data_arrived(ProjectId id) {
  ProjectStanding& project = projects_[index(id)];
  project.data_ready = true;
  const std::vector<std::uint32_t> waiting = std::move(project.waiting_data);
  project.waiting_data.clear();
  for (const std::uint32_t slot : waiting) {
    ActiveJob& active = run_.jobs[slot];
    active.data_wait_s = run_.now_s - active.data_wait_since_s;
    active.queued_since_s = run_.now_s;
    hold_or_enqueue(slot);
  }
}

void JobWalk::close_project(ProjectId id) {
  ProjectStanding& project = projects_[index(id)];
  project.is_open = false;
  for (const std::uint32_t slot : std::vector<std::uint32_t>(std::move(project.waiting_data))) {
    run_.jobs[slot].data_wait_s = run_.now_s - run_.jobs[slot].data_wait_since_s;
    withdraw(slot, Recorder::Ending::kCancelled);
  }
  project.waiting_data.clear();
  for (std::size_t i = project.held_from; i < project.held.size(); ++i) {
    const std::uint32_t slot = project.held[i];
    run_.pool(project.pool).held.remove(run_.jobs[slot].line());
    withdraw(slot, Recorder::Ending::kCancelled);
  }
  project.held.clear();
  project.held_from = 0;
  run_.touch(project.pool);
  for (const std::uint32_t slot : std::vector<std::uint32_t>(project.active)) {
    ActiveJob& active = run_.jobs[slot];
    if (active.stage == Stage::kQueued) {
      if (active.first_start_s >= 0) active.requeued_s += run_.now_s - active.queued_since_s;
      leave_queue(slot);
      withdraw(slot, Recorder::Ending::kCancelled);
    } else {
      leave(slot);
      end(slot, Recorder::Ending::kCancelled);
    }
  }
}

void JobWalk::hold_or_enqueue(std::uint32_t slot) {
  ActiveJob& active = run_.jobs[slot];
  ProjectStanding* project = standing(active.job.project);
  if (project == nullptr) return enqueue(slot);
  const bool nobody_before = project->held_from == project->held.size();
  if (nobody_before && admits(active.job, project->cards_granted, double(project->in_use) * 1e-9)) {
    project->in_use += active.cards;
    project->active.push_back(slot);
    return enqueue(slot);
  }
  active.stage = Stage::kHeld;
  project->held.push_back(slot);
  run_.pool(active.pool).held.push(active.line());
  run_.touch(active.pool);
}

void JobWalk::release_held(ProjectStanding& project) {
  while (project.held_from < project.held.size()) {
    const std::uint32_t slot = project.held[project.held_from];
    ActiveJob& active = run_.jobs[slot];
    if (!admits(active.job, project.cards_granted, double(project.in_use) * 1e-9)) return;
    ++project.held_from;
    run_.pool(active.pool).held.remove(active.line());
    project.in_use += active.cards;
    project.active.push_back(slot);
    enqueue(slot);
  }
  project.held.clear();
  project.held_from = 0;
}

}  // namespace dure::sim
