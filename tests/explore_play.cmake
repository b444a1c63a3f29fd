cmake_minimum_required(VERSION 3.22)
# Checks that each example which `racelane explore` gives, played by `racelane report --simulate`, shows
# the failure that it is an example of.
# cmake -DRACELANE=path -DWORK=folder -P tests/explore_play.cmake
macro(racelane command want_status)
    execute_process(COMMAND ${RACELANE} ${command} ${ARGN} --json OUTPUT_VARIABLE out
                    ERROR_VARIABLE err RESULT_VARIABLE status)
    if(NOT status STREQUAL "${want_status}")
        message(FATAL_ERROR "${command} ${ARGN}: exit status ${status}, not ${want_status}\n${out}${err}")
    endif()
endmacro()

function(find_claim report list text)
    string(JSON n LENGTH "${report}" ${list})
    math(EXPR last "${n} - 1")
    foreach(i RANGE ${last})
        string(JSON its GET "${report}" ${list} ${i} text)
        string(JSON holds GET "${report}" ${list} ${i} holds)
        if(its STREQUAL text)
            if(holds)
                message(FATAL_ERROR "${text} holds, though it was to fail\n${report}")
            endif()
            return()
        endif()
    endforeach()
    message(FATAL_ERROR "no ${text} in\n${report}")
endfunction()

# "line 7: division by zero", which a lane tells as "division by zero in line 7".
function(find_fault report text)
    string(REGEX REPLACE "^(line [0-9]+): (.*)$" "\\2 in \\1" want "${text}")
    string(JSON lanes GET "${report}" lanes)
    string(FIND "${lanes}" "${want}" place)
    if(place EQUAL -1)
        message(FATAL_ERROR "no lane has failed with ${want}\n${report}")
    endif()
endfunction()

# Of `always` the schedule ends where it breaks, and the seed plays the rest.
function(play kind text schedule)
    racelane(report 1 ${ARGN} --simulate --schedule "${schedule}")
    string(JSON trouble GET "${out}" trouble)
    if(kind STREQUAL "always")
        find_claim("${out}" always "${text}")
    elseif(kind STREQUAL "expect")
        find_claim("${out}" expects "${text}")
    elseif(kind STREQUAL "error")
        find_fault("${out}" "${text}")
    elseif(NOT trouble MATCHES "^deadlock: ")
        message(FATAL_ERROR "no deadlock\n${out}")
    endif()
endfunction()

# What explore finds, all of it; `want` names the failures that there must be, by their texts.
function(check want)
    set(status 1)
    if(want STREQUAL "")
        set(status 0)
    endif()
    set(found "")
    racelane(explore ${status} ${ARGN})
    set(explored "${out}")
    string(JSON complete GET "${explored}" complete)
    string(JSON n LENGTH "${explored}" violations)
    string(JSON n_deadlocks GET "${explored}" deadlocks states)
    if(NOT complete)
        message(FATAL_ERROR "${ARGN} was not explored\n${explored}")
    endif()
    foreach(i RANGE ${n})
        set(path violations ${i})
        set(kind deadlock)
        set(text deadlock)
        if(i EQUAL n)
            set(path deadlocks)
        else()
            string(JSON kind GET "${explored}" ${path} kind)
            string(JSON text GET "${explored}" ${path} text)
        endif()
        if(kind STREQUAL "deadlock" AND n_deadlocks EQUAL 0)
            continue()
        endif()
        list(APPEND found "${text}")
        foreach(which shortest fewest_switches)
            string(JSON schedule GET "${explored}" ${path} ${which})
            play(${kind} "${text}" "${schedule}" ${ARGN})
        endforeach()
    endforeach()
    if(NOT found STREQUAL want)
        message(FATAL_ERROR "${ARGN}: found ${found}, not ${want}")
    endif()
endfunction()

check("counter == lanes * N" race --lock off --set N=2)
check("deadlock" deadlock --set N=1)
check("" buffer --set N=3)
check("items >= 0" buffer --set N=2 --set broken=1)
check("items >= 0" buffer --set N=2 --set broken=1 --lock-kind ticket)
check("" readers --set N=1)
check("torn == 0;not (writing and readers > 0)" readers --set N=1 --set broken=1)

file(WRITE ${WORK}/notify.lane "
param N = 1
shared n = 0
lock g
condition c with g
def sleeper():
    with g:
        wait c
        n = 1 // n
def caller():
    with g:
        n += N
        notify c
        n -= 1
lane A = sleeper()
lane B = caller()
after:
    with g:
        notify_all c
expect n == N - 1
")
check("line 9: division by zero;deadlock" ${WORK}/notify.lane)
check("n == N - 1;deadlock" ${WORK}/notify.lane --set N=3)
set(unheld "wait or notify without holding the condition's lock (is it off?)")
check("n == N - 1;line 8: ${unheld};line 13: ${unheld};line 19: ${unheld}"
      ${WORK}/notify.lane --set N=3 --lock off)
