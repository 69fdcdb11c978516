// A recorded kernel at a point, for a drawing: values forward, the partial derivative of each step by each of its operands,
// and adjoints backward, which are what the chain rule makes of these: the adjoint of a node is the sum over its uses of the
// user's adjoint times the partial on the edge.
#pragma once

#include <stdexcept>
#include <string>
#include <vector>

#include "ad/chain_rule.hpp"

namespace gradlane {

inline constexpr int most_drawn_nodes = 30;

struct drawn_edge {
  int from, to;
  double partial;  ///< ∂to/∂from, all else that `to` reads held fixed; a square has one edge, 2·from
};
struct drawn_node {
  int id;              ///< in the list
  std::string symbol;  ///< "input", "constant" or the operation
  double value, adjoint;
  /// Depends on an active input. Nobody computes the adjoint of others, nor that of e^−|x|, which the functions that it
  /// occurs in count as their own part.
  bool active;
};
struct drawing {
  std::vector<drawn_node> nodes;
  std::vector<drawn_edge> edges;
};

/// Inputs, constants and operations.
inline int drawn_size(const program& kernel) { return kernel.size; }

/// At the point x of kernel.inputs numbers. std::invalid_argument "N nodes, at most 30 can be drawn" where it is larger.
drawing draw(const program& kernel, activity active, const double* x);

/// Executes a list at run time, node after node; its outputs.
std::vector<double> evaluate(const program& list, const double* x);

}  // namespace gradlane
