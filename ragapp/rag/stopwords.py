"""Words that carry no topic, Croatian and English, folded. Source: closed-class words, own lists."""

from ragapp.core.folding import fold

_CROATIAN_WORDS = """
a ako ali am bas bez bi bih bila bili bilo bio bismo biste biti bude budem budes budu cak ce cega cemo cete
cija cije ciji cim cime cu da dakle dali do dok dokle ga gdje god hoce hocu i iako ih ikad ikada ikako ili im
ima imaju imam imamo imas imati ipak isto iz iznad ja je jedan jedna jedne jedno jednog jednoj jednom jer
jesam jesi jesmo jest jeste jesu joj jos ju k ka kad kada kaj kakav kako kakva kakve kakvi kakvo kamo kao ko
koga koja koje kojeg kojega kojem kojemu koji kojih kojim kojima kojoj koju kolika kolike koliki koliko koliku
kome komu kroz kud kuda li me mene meni mi mnom moci moga mogu moj moja moje moji mojih molim mora moraju
moram moramo moras morati moze mozemo mozete mu na nad nakon nam nama nas nasa nase nasi ne nece necu nego
neka neke neki neko nekog neku nema nemaju nemam netko ni nije nijedan nikad nisam nisi nismo nista niste nisu
njega njegov njegova njegovo njemu njen njih njihov njim njima njoj nju no o od odakle on ona onda one oni ono
os ova ovaj ove ovih ovim ovima ovo ovog ovoga ovom po pod pokraj pored prema pri prije reci recite s sa sam
samo se sebe sebi si smije smijem smijemo smiju smo sta ste sto stoga su svaka svaki svako sve svi svih svim
svoj svoja svoje svojeg svoju ta tada taj takav tako takoder takodjer takva takvo te tebe tebi ti tim time tko
to tog toga toj tom tome tu u uopce uz vam vama vas vasa vase vec vi vise vrlo za zanima zar zasto zbog
"""
_ENGLISH_WORDS = """
a about above after again against all also am an and any are aren as at be because been before being below
between both but by can cannot could did do does doing don down during each else ever few for from further get
had has have having he her here hers herself him himself his how however i if in into is isn it its itself
just let many may me might more most much must my myself no nor not now of off on once only or other our ours out over
own please same shall she should so some such tell than that the their theirs them themselves then there these
they this those through to too under until up upon us very was we were what when where whether which while who
whom whose why will with would you your yours
"""

CROATIAN = frozenset(map(fold, _CROATIAN_WORDS.split()))
ENGLISH = frozenset(map(fold, _ENGLISH_WORDS.split()))
