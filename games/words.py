"""Common nouns and what is true of them: the table that answers in the word games. Compiled for this project.

The table is a convention, not science: a word has an attribute if most people would say so at once, else not. No two
words of one list have the same attributes.
"""

from collections.abc import Mapping
from functools import cache

ATTRIBUTES: Mapping[str, tuple[str, str]] = {
    "animal": ("it is an animal", "animal creature beast"),
    "plant": ("it is a plant, or grows on one", "plant vegetable fruit grows"),
    "food": ("people eat or drink it", "food edible eat drink meal tasty"),
    "metal": ("it is mostly of metal", "metal steel iron metallic"),
    "wooden": ("it is mostly of wood", "wooden wood timber"),
    "soft": ("it is soft to the touch", "soft fluffy tender"),
    "electric": ("it needs electricity", "electric electricity battery powered"),
    "small": ("it fits into one hand", "small little tiny"),
    "huge": ("it is bigger than a grown person", "huge big large giant"),
    "legs": ("it has legs", "legs legged feet walks"),
    "wings": ("it has wings", "wings winged flies"),
    "fur": ("it is covered with fur, hair or wool", "fur furry hairy woolly"),
    "tail": ("it has a tail", "tail tailed"),
    "wheels": ("it has wheels", "wheels wheeled rolls"),
    "round": ("it is round, like a ball, a tube or a disc", "round circular ball-shaped disc"),
    "sharp": ("it has a sharp point, edge, claw, tooth or horn", "sharp pointed pointy prickly"),
    "hot": ("it is hot, or makes things hot", "hot warm heated"),
    "sweet": ("it tastes sweet", "sweet sugary"),
    "water": ("it lives in water, moves on it, is of it or is there for it", "water wet swims watery"),
    "home": ("its place is usually inside a home", "home house indoors household"),
    "worn": ("it is worn on the body", "worn wear clothing clothes"),
    "loud": ("it is known for a sound", "loud noisy sound noise"),
    "holds": ("other things are kept inside it", "holds container contains carries"),
    "ride": ("it takes people from place to place", "ride rides travel transport"),
    "tool": ("it is a tool, used by hand to get work done", "tool instrument implement"),
    "toy": ("it is for play, sport or music", "toy play game music"),
    "flat": ("it is flat", "flat thin level"),
    "danger": ("it easily hurts somebody", "danger dangerous harmful hurts"),
}
"""By name: what it says of a word, and the words of a clue that mean it (the name is the first of them)."""

_STANDARD = """
dog animal legs fur tail loud home
cat animal legs fur tail home sharp soft
horse animal legs fur tail huge ride
cow animal legs fur tail huge food loud
sheep animal legs fur tail soft food loud
pig animal legs tail food loud
goat animal legs fur tail food sharp
lion animal legs fur tail huge danger loud sharp
tiger animal legs fur tail huge danger sharp
elephant animal legs tail huge loud
mouse animal legs fur tail small home
rabbit animal legs fur tail soft food
bear animal legs fur huge danger sharp
wolf animal legs fur tail danger loud sharp
monkey animal legs fur tail loud
duck animal legs wings tail water loud food
chicken animal legs wings tail food loud
owl animal legs wings tail sharp loud
eagle animal legs wings tail sharp danger
parrot animal legs wings tail loud home
penguin animal legs wings tail water
bee animal legs wings small sharp loud danger
butterfly animal legs wings small
spider animal legs small home danger
ant animal legs small
shark animal tail huge water danger sharp
whale animal tail huge water loud
frog animal legs small water loud
snake animal tail danger sharp
turtle animal legs tail water
apple plant food small round sweet
banana plant food small sweet soft
melon plant food round sweet
lemon plant food small round
grape plant food small round sweet soft
strawberry plant food small sweet
carrot plant food small
potato plant food small hot
tomato plant food small round soft
corn plant food hot
bread food soft home
cheese food soft
egg food small round hot
cake food sweet soft round
cookie food sweet small round flat
honey food sweet
sugar food sweet home
chocolate food sweet small flat
rice plant food hot home
soup food hot
pizza food hot round flat
milk food home
tea plant food hot water
tree plant wooden huge
rose plant small sharp soft
grass plant soft
cactus plant sharp danger
mushroom plant food soft danger
leaf plant small flat
table wooden legs flat home
chair wooden legs home
bed wooden soft legs home
sofa soft legs home huge
lamp electric hot home
candle hot small home danger
mirror flat home
clock round loud home
door wooden flat home huge
window flat home huge
carpet soft flat home huge
pillow soft home
blanket soft flat home hot
cup holds small hot round home
plate round flat home
bowl holds round home
fork metal small sharp tool home
knife metal small sharp tool home danger
spoon metal small tool home
bottle holds small water
pot metal holds hot round home
oven metal electric hot holds home
fridge metal electric holds home huge
kettle metal electric hot holds home loud
broom wooden tool home
key metal small
book small flat home
pencil wooden small sharp tool
pen small sharp tool
paper flat
scissors metal small sharp tool danger
phone electric small flat loud
computer electric home
television electric flat loud home
radio electric loud home
hammer metal wooden tool loud
saw metal sharp tool loud danger
axe metal wooden sharp tool danger
nail metal small sharp
shovel metal wooden tool
ladder wooden tool huge
rope soft tool
bucket holds water round tool
wrench metal tool
umbrella round water tool
shirt worn soft
shoe worn
sock worn soft small
hat worn soft round
helmet worn round
coat worn soft holds
ring worn metal small round
necklace worn metal
glasses worn small
belt worn flat
watch worn small round electric
car metal wheels ride huge
bus metal wheels ride huge holds
train metal wheels ride huge loud
bicycle metal wheels ride
motorcycle metal wheels ride loud danger
truck metal wheels huge holds loud
boat wooden ride water huge
airplane metal wings tail wheels ride huge loud
helicopter metal tail ride huge loud
rocket metal ride huge hot loud danger
tractor metal wheels huge tool loud
skateboard wooden wheels ride toy flat
ball toy round
doll toy small legs
kite toy flat tail
drum toy round loud
guitar toy wooden loud
piano toy wooden loud huge home legs
flute toy metal small loud
trumpet toy metal loud
bell metal round loud
balloon toy round soft
"""

_HELD_OUT = """
fox animal legs fur tail
deer animal legs fur tail sharp food
camel animal legs fur tail huge ride food
giraffe animal legs fur tail huge
kangaroo animal legs fur tail huge holds
hippo animal legs tail huge water danger
crocodile animal legs tail huge water danger sharp
dolphin animal tail water loud
salmon animal tail food water
crab animal legs water sharp food
octopus animal legs water soft
squirrel animal legs fur tail small
hedgehog animal legs small sharp
swan animal legs wings tail water danger
peacock animal legs wings tail loud
goose animal legs wings tail water loud food
mosquito animal legs wings small danger
beetle animal legs wings small round
worm animal small soft
snail animal small soft round
pear plant food sweet small
peach plant food sweet small round soft
pumpkin plant food round
cucumber plant food
garlic plant food small round
pepper plant food small hot
coconut plant food round sweet holds
butter food soft
jam food sweet soft
sandwich food flat soft
pancake food sweet flat round hot
juice food sweet
coffee food hot
candy food sweet small
oak plant wooden huge
daisy plant small soft
nettle plant danger
stool wooden legs round home
shelf wooden flat holds home
curtain soft flat home
towel soft home water
wardrobe wooden holds home huge
jar holds small round
pan metal hot round flat home
toaster metal electric hot home
vacuum electric loud tool home
camera electric small
flashlight electric small tool
drill electric tool loud danger
needle metal small sharp
anchor metal water huge
rake wooden tool sharp
boot worn water
sweater worn soft
crown worn metal round
mask worn flat
scooter wheels ride toy
canoe wooden ride water
submarine metal ride water huge
ambulance metal wheels ride huge loud
sled wooden ride toy
wagon wooden wheels ride holds
harp toy wooden loud huge
whistle toy small loud
marble toy small round
volcano huge hot danger
island huge water
tent holds soft huge
"""

LISTS = {"standard": _STANDARD, "held_out": _HELD_OUT}


@cache
def table(name: str) -> Mapping[str, frozenset[str]]:
    """The words of a list in alphabetical order, each with its attributes."""
    lines = sorted(line.split() for line in LISTS[name].strip().splitlines())
    return {word: frozenset(attributes) for word, *attributes in lines}


@cache
def having(name: str, attribute: str) -> int:
    """The words of a list that have an attribute, as a bit mask: bit i is the i-th word."""
    return sum(1 << i for i, has in enumerate(table(name).values()) if attribute in has)
