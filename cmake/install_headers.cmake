# Run at install time: copies the headers of FROM to TO/gradlane, and makes their includes of each other begin with
# gradlane/. So only the folder above is on the path of whoever uses them, and a math.hpp of theirs is never taken for ours.
file(REMOVE_RECURSE ${TO})
file(GLOB headers RELATIVE ${FROM} ${FROM}/*.hpp ${FROM}/ad/*.hpp ${FROM}/objective/*.hpp ${FROM}/methods/*.hpp
  ${FROM}/curvature/*.hpp ${FROM}/backend/backend.h)
foreach(header IN LISTS headers)
  file(READ ${FROM}/${header} text)
  string(REPLACE "#include \"" "#include \"gradlane/" text "${text}")
  file(WRITE ${TO}/gradlane/${header} "${text}")
endforeach()
